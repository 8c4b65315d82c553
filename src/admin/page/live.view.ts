import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { repeat } from 'lit-html/directives/repeat.js';
import type { LiveLine } from '../../figures/live-events.js';
import { clock, milliseconds } from './format.js';
import type { Invocation, Log } from './invocations.js';
import type { PageModel } from './page-model.js';

const MAX_ROWS = 100;

export function liveView(model: PageModel): TemplateResult {
  const rows = model.visible.slice(0, MAX_ROWS);
  // The one that Tab reaches; the arrows go on from there.
  const chosen = model.invocations.lookedAt?.invocation;
  const reached = chosen && rows.includes(chosen) ? chosen : rows[0];
  return html`<section aria-labelledby="live-title">
    <h2 id="live-title">Invocations</h2>
    <div class="tools">
      <label>
        <input
          type="checkbox"
          .checked=${live(model.failuresOnly)}
          @change=${() => model.change(() => (model.failuresOnly = !model.failuresOnly))}
        />
        Only what did not succeed
      </label>
      <button
        type="button"
        aria-pressed=${model.held !== undefined}
        @click=${() => model.change(() => (model.held = model.held ? undefined : model.invocations.all))}
      >
        ${model.held ? 'Go on' : 'Hold the list'}
      </button>
      <span class="quiet">${model.leftOut > 0 ? `${model.leftOut} more in the last second` : nothing}</span>
    </div>
    <div class="split">
      <div class="list" tabindex="-1">
        ${
          rows.length === 0
            ? html`<p class="empty">
                ${model.failuresOnly ? 'Nothing has failed since this page is open.' : 'Nothing has happened since this page is open. Send an event to try the function.'}
              </p>`
            : html`<ol class="invocations" @keydown=${moveFocus}>
                ${repeat(
                  rows,
                  ({ key }) => key,
                  (invocation) => row(model, invocation, invocation === reached),
                )}
              </ol>`
        }
      </div>
      ${detail(model)}
    </div>
  </section>`;
}

export function outcomeClass(outcome: string | undefined): string {
  if (outcome === undefined) return 'running';
  return outcome === 'succeeded' ? 'good' : 'bad';
}

/** Up and down, to the first and to the last. */
function moveFocus(event: KeyboardEvent): void {
  const rows = [...(event.currentTarget as HTMLElement).querySelectorAll('button')];
  const at = rows.indexOf(document.activeElement as HTMLButtonElement);
  const places: Readonly<Record<string, number>> = {
    ArrowUp: at - 1,
    ArrowDown: at + 1,
    Home: 0,
    End: rows.length - 1,
  };
  const place = places[event.key];
  if (place === undefined) return;
  event.preventDefault();
  rows[place]?.focus();
}

function row(model: PageModel, invocation: Invocation, isReached: boolean): TemplateResult {
  const { start, end } = invocation;
  return html`<li>
    <button
      type="button"
      class="invocation"
      tabindex=${isReached ? 0 : -1}
      aria-pressed=${model.invocations.lookedAt?.invocation === invocation}
      @click=${() => model.change(() => model.invocations.lookAt(invocation))}
    >
      <time>${clock(start.at)}</time>
      <span class="name">${start.trigger}</span>
      <span class="state ${outcomeClass(end?.outcome)}">${end?.outcome ?? 'running'}</span>
      <span class="number">${end?.status ?? nothing}</span>
      <span class="number">${end ? milliseconds(end.ranMs) : nothing}</span>
    </button>
  </li>`;
}

function detail(model: PageModel): TemplateResult {
  const found = model.invocations.lookedAt;
  if (!found) {
    return html`<div class="detail"><p class="empty">Choose an invocation to see what it wrote.</p></div>`;
  }
  const { start, end } = found.invocation;
  return html`<div class="detail" aria-live="polite">
    <dl>
      <dt>Request id</dt>
      <dd><code>${start.requestId}</code></dd>
      <dt>Trigger</dt>
      <dd>${start.trigger} <span class="tag">${start.type}</span></dd>
      <dt>Outcome</dt>
      <dd>
        <span class="state ${outcomeClass(end?.outcome)}">${end?.outcome ?? 'running'}</span>
        ${end?.status === undefined ? nothing : `with status ${end.status}`}
        ${end?.failure === undefined || end.failure === 'status' ? nothing : `(${end.failure})`}
      </dd>
      <dt>Waited</dt>
      <dd>${milliseconds(start.waitedMs)}</dd>
      <dt>Ran</dt>
      <dd>${end ? milliseconds(end.ranMs) : '…'}</dd>
      ${
        start.attempt > 1
          ? html`<dt>Attempt</dt>
              <dd>${start.attempt}</dd>`
          : nothing
      }
    </dl>
    ${end?.reason === undefined ? nothing : html`<pre class="reason">${end.reason}</pre>`} ${logOf(found.log)}
  </div>`;
}

function logOf({ own, others, isCut }: Log): TemplateResult {
  return html`<h3>Log</h3>
    ${isCut ? html`<p class="quiet">So much was written since that its first lines are not kept here.</p>` : nothing}
    ${own.length > 0 ? lines(own) : nothing}
    ${own.length === 0 && !isCut ? html`<p class="quiet">No line bears its request id.</p>` : nothing}
    ${
      others.length === 0
        ? nothing
        : html`<h3>Written meanwhile, without a request id</h3>
            ${lines(others)}`
    }`;
}

function lines(all: readonly LiveLine[]): TemplateResult {
  return html`<pre class="log" tabindex="0">
${all.map(({ at, level, text }) => html`<span class="line ${level}"><time>${clock(at)}</time> ${text} </span>`)}</pre>`;
}
