import { Text } from '../config/variable.decorator.js';

/** Who may invoke the function over HTTP. */
export class AuthConfig {
  @Text('SCW_PUBLIC', { description: 'Only exactly true opens the function to everyone' })
  public = 'false';

  @Text('SCW_PUBLIC_KEY', { secret: true, description: 'RSA public key, PEM, that verifies tokens' })
  publicKey?: string;

  @Text('SCW_APPLICATION_ID', { description: 'Identifier of the function, as in the tokens' })
  applicationId?: string;

  @Text('SCW_NAMESPACE_ID', { description: 'Identifier of the namespace, as in the tokens' })
  namespaceId?: string;
}
