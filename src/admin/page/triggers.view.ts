import { html, nothing, svg, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { TriggerView } from './api-types.js';
import { dateAndClock, fromNow, perSecond } from './format.js';
import type { PageModel } from './page-model.js';

/** Seconds of a sparkline, and its size. */
const SPARK_SECONDS = 120;
const [WIDTH, HEIGHT] = [120, 24];

export function triggersView(model: PageModel): TemplateResult {
  const { triggers } = model;
  return html`<section aria-labelledby="triggers-title">
    <h2 id="triggers-title">Triggers</h2>
    ${
      triggers === undefined
        ? html`<p class="empty">Asking the host…</p>`
        : html`<div class="table-frame">
            <table class="triggers">
              <thead>
                <tr>
                  <th scope="col">Trigger</th>
                  <th scope="col">State</th>
                  <th scope="col">Next run</th>
                  <th scope="col">Last two minutes</th>
                  <th scope="col"><span class="hidden">Send an event</span></th>
                </tr>
              </thead>
              <tbody>
                ${repeat(
                  triggers,
                  ({ name }) => name,
                  (trigger) => row(model, trigger),
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

function row(model: PageModel, trigger: TriggerView): TemplateResult {
  const { name, type, source, state, nextRun } = trigger;
  return html`<tr>
    <th scope="row">
      <span class="name">${name}</span> <span class="tag">${type}</span>
      <div class="source">${source}</div>
    </th>
    <td data-label="State">
      ${
        state.active
          ? html`<span class="state good">active</span>`
          : html`<span class="state bad">not active</span>
              <div class="source">${state.reason ?? nothing}</div>`
      }
    </td>
    <td data-label="Next run">
      ${
        nextRun === undefined
          ? html`<span class="quiet">on arrival</span>`
          : html`${fromNow(nextRun, Date.now())}
              <div class="source">${dateAndClock(nextRun)}</div>`
      }
    </td>
    <td data-label="Last two minutes">${sparkline(model, name)}</td>
    <td class="actions">
      <button type="button" @click=${() => fireNow(model, trigger)} aria-label="Fire ${name} now">Fire now</button>
      <button type="button" @click=${() => model.openSend(trigger)} aria-label="Send an event by ${name}">
        Send event…
      </button>
    </td>
  </tr>`;
}

function fireNow(model: PageModel, trigger: TriggerView): void {
  model.openSend(trigger);
  if (model.dialog?.kind === 'send') void model.fire(model.dialog, {});
}

function sparkline(model: PageModel, name: string): TemplateResult {
  const seconds = model.history.of(name).slice(-SPARK_SECONDS);
  const { perSecond: rate, failedShare } = model.history.rateOf(name);
  const most = Math.max(1, ...seconds.map(({ sums }) => sums.settled));
  const x = (index: number) => WIDTH - (seconds.length - 1 - index) * (WIDTH / SPARK_SECONDS);
  const y = (value: number) => HEIGHT - 1 - (value / most) * (HEIGHT - 3);
  const path = (valueOf: (index: number) => number) =>
    seconds
      .map((_, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(valueOf(index)).toFixed(1)}`)
      .join('');
  const failed = Math.round(failedShare * 1_000) / 10;
  const label = `${perSecond(rate)}, ${failed} % failed`;
  return html`<span class="spark">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width=${WIDTH} height=${HEIGHT} role="img" aria-label=${label}>
      ${svg`<path class="settled" d=${path((index) => seconds[index]?.sums.settled ?? 0)} />
        <path class="failed" d=${failed > 0 ? path((index) => seconds[index]?.sums.failed ?? 0) : ''} />`}
    </svg>
    <span class="figures" aria-hidden="true">
      <b>${perSecond(rate)}</b>
      <span class=${failed > 0 ? 'bad' : 'quiet'}>${failed} % failed</span>
    </span>
  </span>`;
}
