import { html, nothing, type TemplateResult } from 'lit-html';
import type { FireReport } from './api-types.js';
import { milliseconds, readable } from './format.js';
import { outcomeClass } from './live.view.js';
import type { PageModel, Sending } from './page-model.js';

/** The inside of the dialog that sends an event. */
export function sendDialog(model: PageModel, sending: Sending): TemplateResult {
  const { trigger, letter, state, report, note, problem } = sending;
  const submit = (submitted: SubmitEvent) => {
    submitted.preventDefault();
    send(model, sending, new FormData(submitted.target as HTMLFormElement));
  };
  return html`<h2 id="dialog-title">
      ${letter ? `Edit and replay dead letter ${letter.id}` : `Send an event by ${trigger.name}`}
    </h2>
    <p class="quiet">
      The function runs now, in this host. Nothing else is done with the outcome: no reply, no acknowledgement, no
      result.${letter ? ' If it succeeds, the dead letter is removed.' : ''}
    </p>
    <form @submit=${submit}>
      ${fields(sending)}
      <div class="dialog-actions">
        <button type="submit" class="main" ?disabled=${state === 'waiting'}>
          ${state === 'waiting' ? 'Waiting for the function…' : 'Send'}
        </button>
        <button type="button" @click=${() => model.closeDialog()}>Close</button>
      </div>
    </form>
    <div class="answer" role="status">
      ${problem === undefined ? nothing : html`<p class="bad">${problem}</p>`}
      ${note === undefined ? nothing : html`<p>${note}</p>`} ${report ? reportView(report) : nothing}
    </div>`;
}

function fields({ trigger, begin }: Sending): TemplateResult {
  const value = (name: string, byDefault = '') => begin[name] ?? byDefault;
  const headers = html`<label>
    Headers, one a line
    <textarea
      name="headers"
      rows="2"
      spellcheck="false"
      placeholder="Name: value"
      .value=${value('headers')}
    ></textarea>
  </label>`;
  const body = (name: string, label: string) =>
    html`<label>
        ${label}
        <textarea name=${name} rows="6" spellcheck="false" .value=${value(name)}></textarea>
      </label>
      <label class="check">
        <input type="checkbox" name="isBase64Encoded" ?checked=${value('isBase64Encoded') === 'true'} /> It is base64
      </label>`;
  switch (trigger.type) {
    case 'cron':
      return html`<label>
        Arguments as JSON; those of the configuration if empty
        <textarea name="args" rows="6" spellcheck="false" .value=${value('args')}></textarea>
      </label>`;
    case 'nats':
      return html`<label>
          Subject
          <input
            name="subject"
            autocomplete="off"
            spellcheck="false"
            placeholder=${trigger.source}
            .value=${value('subject')}
          />
        </label>
        ${headers} ${body('data', 'Data')}`;
    default:
      return html`<div class="row">
          <label class="short">
            Method
            <input name="method" autocomplete="off" .value=${value('method', 'GET')} required />
          </label>
          <label>
            Path and query
            <input name="path" autocomplete="off" spellcheck="false" .value=${value('path', '/')} required />
          </label>
        </div>
        ${headers} ${body('body', 'Body')}`;
  }
}

function send(model: PageModel, sending: Sending, form: FormData): void {
  try {
    void model.fire(sending, eventOf(form));
  } catch (error) {
    model.change(() => (sending.problem = error instanceof Error ? error.message : String(error)));
  }
}

/** Fields that are empty are left to the host's defaults. */
function eventOf(form: FormData): Record<string, unknown> {
  const event: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (typeof value !== 'string' || value === '') continue;
    if (name === 'headers') event[name] = readHeaders(value);
    else if (name === 'args') event[name] = readArgs(value);
    else event[name] = name === 'isBase64Encoded' ? true : value;
  }
  return event;
}

function readArgs(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw new Error('The arguments are no JSON.');
  }
}

function readHeaders(value: string): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const line of value.split('\n').filter((one) => one.trim() !== '')) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error(`A header is written as "Name: value": ${line}`);
    (headers[line.slice(0, colon).trim()] ??= []).push(line.slice(colon + 1).trim());
  }
  return headers;
}

function reportView({
  requestId,
  outcome,
  status,
  error,
  tookMs,
  headers,
  body,
  isBase64Encoded,
  truncatedFrom,
}: FireReport) {
  const shown = `${headers.map(([name, value]) => `${name}: ${value}\n`).join('')}\n${readable(body, isBase64Encoded)}`;
  return html`<dl>
      <dt>Outcome</dt>
      <dd>
        <span class="state ${outcomeClass(outcome)}">${outcome}</span> with status ${status}, after
        ${milliseconds(tookMs)}
      </dd>
      ${
        error === undefined || error === body
          ? nothing
          : html`<dt>Error</dt>
              <dd>${error}</dd>`
      }
      <dt>Request id</dt>
      <dd><code>${requestId}</code></dd>
    </dl>
    <pre class="log" tabindex="0">${shown}</pre>
    ${truncatedFrom === undefined ? nothing : html`<p class="quiet">The beginning of ${truncatedFrom} bytes.</p>`}`;
}
