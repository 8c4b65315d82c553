/** The work as an HTTP function of functions-framework, which has parsed JSON before it calls and gives bytes as they are. */
import { totalOf, waitedHello } from './work.mjs';

export async function handle(request, response) {
  switch (request.path) {
    case '/json':
      return void response.json(totalOf(request.body));
    case '/binary':
      return void response.json({ bytes: request.body.length });
    case '/wait':
      return void response.type('text/plain').send(await waitedHello());
    default:
      return void response.type('text/plain').send('hello');
  }
}
