import { html, nothing, type TemplateResult } from 'lit-html';
import { ref } from 'lit-html/directives/ref.js';
import { repeat } from 'lit-html/directives/repeat.js';
import type { LetterSummary, LetterView, TriggerView } from './api-types.js';
import { bytes, dateAndClock, readable } from './format.js';
import type { Letters } from './letter-list.js';
import type { PageModel, Reading } from './page-model.js';

export function lettersView(model: PageModel): TemplateResult {
  const { letters } = model.letterList;
  return html`<section aria-labelledby="letters-title">
    <h2 id="letters-title">Dead letters</h2>
    <div class="tools">
      <button type="button" ?disabled=${letters?.isAsking} @click=${() => model.letterList.load()}>Look again</button>
    </div>
    ${letters === undefined ? html`<p class="empty">Asking the host…</p>` : listOf(model, letters)}
  </section>`;
}

function listOf(model: PageModel, { list, next, problem, isAsking }: Letters): TemplateResult {
  if (list.length === 0 && problem !== undefined) return html`<p class="empty">${problem}</p>`;
  if (list.length === 0) return html`<p class="empty">There are none: no message was given up.</p>`;
  return html`<div class="table-frame">
      <table class="letters">
        <thead>
          <tr>
            <th scope="col">Letter</th>
            <th scope="col">Trigger</th>
            <th scope="col">Given up</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            list,
            ({ id }) => id,
            (letter) => row(model, letter),
          )}
        </tbody>
      </table>
    </div>
    <div class="more">
      ${problem === undefined ? nothing : html`<span class="bad" role="alert">${problem}</span>`}
      ${
        next === undefined
          ? nothing
          : html`<button type="button" ?disabled=${isAsking} @click=${() => model.letterList.load(next)}>
              Show more
            </button>`
      }
    </div>`;
}

function row(model: PageModel, letter: LetterSummary): TemplateResult {
  const { id, trigger, lastAt, reason, lastError, deliveries, subject } = letter;
  return html`<tr>
    <th scope="row">
      <button type="button" class="link" @click=${() => model.openLetter(id)}>${id}</button>
    </th>
    <td data-label="Trigger">
      ${trigger}
      <div class="source">${subject}</div>
    </td>
    <td data-label="Given up">
      ${dateAndClock(lastAt)}
      <div class="source">after ${deliveries} ${deliveries === 1 ? 'delivery' : 'deliveries'}</div>
    </td>
    <td data-label="Why">
      <span class="state bad">${reason}</span>
      <div class="source">${lastError ?? nothing}</div>
    </td>
  </tr>`;
}

/** The inside of the dialog that shows a letter. */
export function letterDialog(model: PageModel, reading: Reading): TemplateResult {
  const { letter, note, problem } = reading;
  const headers = Object.entries(letter.headers).flatMap(([name, values]) =>
    values.map((value) => `${name}: ${value}`),
  );
  const trigger = model.triggers?.find(({ name }) => name === letter.trigger);
  return html`<h2 id="dialog-title">Dead letter ${letter.id}</h2>
    <dl>
      <dt>Trigger</dt>
      <dd>${letter.trigger} <span class="tag">${letter.type}</span></dd>
      <dt>Given up</dt>
      <dd>${letter.reason}, after ${letter.deliveries} ${letter.deliveries === 1 ? 'delivery' : 'deliveries'}</dd>
      <dt>Last attempt</dt>
      <dd>
        ${dateAndClock(letter.lastAt)}: ${letter.lastOutcome}
        ${letter.lastStatus === undefined ? nothing : `with status ${letter.lastStatus}`}
      </dd>
      <dt>Message</dt>
      <dd>${letter.subject}, ${letter.stream} #${letter.sequence}, of ${dateAndClock(letter.publishedAt)}</dd>
      <dt>Request id</dt>
      <dd><code>${letter.requestId}</code></dd>
    </dl>
    ${letter.lastError === undefined ? nothing : html`<pre class="reason">${letter.lastError}</pre>`}
    ${
      headers.length === 0
        ? nothing
        : html`<h3>Headers</h3>
            <pre class="log" tabindex="0">${headers.join('\n')}</pre>`
    }
    <h3>Event <span class="quiet">${bytes(letter.size)}${letter.isBase64Encoded ? ', as base64' : ''}</span></h3>
    <pre class="log" tabindex="0">${readable(letter.body, letter.isBase64Encoded)}</pre>
    ${
      letter.truncated === undefined
        ? nothing
        : html`<p class="quiet">The letter lacks what had no room in it: ${letter.truncated}.</p>`
    }
    <p class="answer" role="status">
      ${problem === undefined ? (note ?? nothing) : html`<span class="bad">${problem}</span>`}
    </p>
    <div class="dialog-actions">
      ${note === undefined ? choices(model, reading, trigger) : nothing}
      <button type="button" @click=${() => model.closeDialog()}>Close</button>
    </div>`;
}

function choices(model: PageModel, reading: Reading, trigger: TriggerView | undefined): TemplateResult {
  const { letter, state } = reading;
  if (state === 'asking' || state === 'sure') return confirmation(model, reading);
  const isBusy = state === 'waiting';
  return html`<button type="button" class="main" ?disabled=${isBusy} @click=${() => model.replay(reading)}>
      ${isBusy ? 'Waiting for the host…' : 'Replay'}
    </button>
    <button
      type="button"
      ?disabled=${isBusy || !trigger}
      title=${trigger ? nothing : `This host has no trigger ${letter.trigger}`}
      @click=${() => trigger && model.openSend(trigger, eventOf(letter), letter)}
    >
      Edit and replay…
    </button>
    <button type="button" ?disabled=${isBusy} @click=${() => model.askToDiscard(reading)}>Discard…</button>`;
}

/** The keyboard goes on with the choice that changes nothing; it is part of the page once the drawing has ended. */
const focused = (element: Element | undefined) => queueMicrotask(() => (element as HTMLElement | undefined)?.focus());

function confirmation(model: PageModel, reading: Reading): TemplateResult {
  return html`<p class="question">Remove it for good? The function does not see it again.</p>
    <button type="button" ${ref(focused)} @click=${() => model.change(() => (reading.state = 'reading'))}>
      Keep it
    </button>
    <button type="button" class="danger" ?disabled=${reading.state === 'asking'} @click=${() => model.discard(reading)}>
      Discard it for good
    </button>`;
}

/** What the form for an event of its trigger begins with. */
function eventOf(letter: LetterView): Record<string, string> {
  const headers = Object.entries(letter.headers)
    .flatMap(([name, values]) => values.map((value) => `${name}: ${value}`))
    .join('\n');
  if (letter.type === 'nats') {
    const { subject, body, isBase64Encoded } = letter;
    return { subject, headers, data: body, ...(isBase64Encoded && { isBase64Encoded: 'true' }) };
  }
  const stored = parse(letter.body);
  if (letter.type === 'cron')
    return { args: stored['args'] === undefined ? '' : JSON.stringify(stored['args'], undefined, 2) };
  return {
    method: text(stored['httpMethod']),
    path: pathOf(stored),
    headers: headersOf(stored['multiValueHeaders']),
    body: text(stored['body']),
    ...(stored['isBase64Encoded'] === true && { isBase64Encoded: 'true' }),
  };
}

function pathOf({ path, multiValueQueryStringParameters }: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries((multiValueQueryStringParameters ?? {}) as Record<string, string[]>)) {
    for (const value of values) query.append(name, value);
  }
  const encoded = encodeURI(text(path)).replaceAll('?', '%3F').replaceAll('#', '%23');
  return query.size > 0 ? `${encoded}?${query.toString()}` : encoded;
}

function headersOf(multi: unknown): string {
  return Object.entries((multi ?? {}) as Record<string, string[]>)
    .flatMap(([name, values]) => values.map((value) => `${name}: ${value}`))
    .join('\n');
}

function parse(body: string): Record<string, unknown> {
  try {
    const value = JSON.parse(body) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
