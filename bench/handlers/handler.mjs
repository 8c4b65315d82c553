/** The work as a handler of Tributary; the bare server and the direct calls go to the same one. */
import { calledHello, computedHello, totalOf, waitedHello } from './work.mjs';

export function handle(event) {
  switch (event.path) {
    case '/json':
      return json(totalOf(JSON.parse(event.body)));
    case '/binary':
      return json({ bytes: Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8').length });
    case '/wait':
      return waitedHello().then(text);
    case '/compute':
      return text(computedHello());
    default:
      return text('hello');
  }
}

/** For messages, which have no path. */
export const handleByCall = () => calledHello().then(text);

const text = (body) => ({ statusCode: 200, headers: { 'Content-Type': 'text/plain' }, body });
const json = (value) => ({
  statusCode: 200,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(value),
});
