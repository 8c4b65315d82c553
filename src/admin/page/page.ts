import { html, nothing, render, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { type Chart, latencyChart, rateChart } from './charts.js';
import { clock } from './format.js';
import { lettersView, letterDialog } from './letters.view.js';
import { liveView } from './live.view.js';
import { lockView } from './lock.view.js';
import { PageModel } from './page-model.js';
import { sendDialog } from './send.view.js';
import { triggersView } from './triggers.view.js';

const model = new PageModel(soon);
const charts: { rate?: Chart; latency?: Chart } = {};
let isPlanned = false;

/** However much happens, there is one drawing a frame. */
function soon(): void {
  if (isPlanned) return;
  isPlanned = true;
  requestAnimationFrame(() => {
    isPlanned = false;
    draw();
  });
}

function draw(): void {
  render(page(), document.body);
  showDialog();
  if (!model.locked) showCharts();
}

function page(): TemplateResult {
  return html`<header>
      <h1>Tributary</h1>
      <span class="quiet">${location.host}</span>
      ${status()}
    </header>
    ${model.locked ? lockView(model, model.locked) : content()}
    <dialog aria-labelledby="dialog-title" @close=${() => model.closeDialog()}>
      ${model.dialog?.kind === 'send' ? sendDialog(model, model.dialog) : nothing}
      ${model.dialog?.kind === 'letter' ? letterDialog(model, model.dialog) : nothing}
    </dialog>`;
}

function content(): TemplateResult {
  return html`<main>${triggersView(model)} ${traffic()} ${liveView(model)} ${lettersView(model)}</main>`;
}

function status(): TemplateResult {
  const { readiness, connection } = model;
  const notReady = Object.entries(readiness?.components ?? {}).flatMap(([name, { ready }]) =>
    ready === false ? [name] : [],
  );
  const ready =
    readiness?.status === 'ready'
      ? html`<span class="state good">ready</span>`
      : html`<span class="state bad">not ready${notReady.length > 0 ? `: ${notReady.join(', ')}` : ''}</span>`;
  return html`<div class="status" role="status">
    ${readiness && connection !== 'lost' ? ready : nothing}
    ${connection === 'live' ? html`<span class="state good">live</span>` : nothing}
    ${connection === 'connecting' ? html`<span class="quiet">connecting…</span>` : nothing}
    ${
      connection === 'lost' && !model.locked
        ? html`<span class="state bad">not connected</span>
            <span class="quiet"
              >What is shown may be old. Trying again: ${model.refusal ?? 'is the host still running?'}</span
            >`
        : nothing
    }
  </div>`;
}

function traffic(): TemplateResult {
  return html`<section aria-labelledby="traffic-title">
    <h2 id="traffic-title">Traffic</h2>
    <div class="tools">
      <label>
        Show
        <select
          .value=${live(model.shown ?? '')}
          @change=${({ target }: Event) =>
            model.change(() => (model.shown = (target as HTMLSelectElement).value || undefined))}
        >
          <option value="">all triggers</option>
          ${(model.triggers ?? []).map(({ name }) => html`<option value=${name}>${name}</option>`)}
        </select>
      </label>
    </div>
    <div class="charts">
      <figure>
        <figcaption>
          Invocations a second <span class="key accent">settled</span> <span class="key bad">not succeeded</span>
        </figcaption>
        <div id="rate" class="chart"></div>
        <p class="reading"></p>
      </figure>
      <figure>
        <figcaption>
          Time in the function <span class="key accent">half of them below</span>
          <span class="key second">99 % below</span> ${estimated()}
        </figcaption>
        <div id="latency" class="chart"></div>
        <p class="reading"></p>
      </figure>
    </div>
  </section>`;
}

/** What lies before this page was opened is told by the host's histograms, which know bounds alone. */
function estimated(): TemplateResult | typeof nothing {
  const { seenSince } = model.history;
  const wasBusy = model.history.of(undefined).some(({ at, sums }) => at < (seenSince ?? 0) && sums.settled > 0);
  if (seenSince === undefined || !wasBusy) return nothing;
  return html`<span class="quiet">estimated before ${clock(seenSince * 1_000)}</span>`;
}

function showCharts(): void {
  const [rate, latency] = [document.getElementById('rate'), document.getElementById('latency')];
  if (!rate || !latency) return;
  // Where the page was locked meanwhile, their places are new.
  if (!rate.hasChildNodes()) charts.rate = rateChart(rate);
  if (!latency.hasChildNodes()) charts.latency = latencyChart(latency);
  const points = model.history.of(model.shown);
  charts.rate?.show(points);
  charts.latency?.show(points);
}

/** A modal dialog keeps the keyboard inside, and Escape closes it: that is the browser's. */
function showDialog(): void {
  const dialog = document.querySelector('dialog');
  if (!dialog) return;
  if (model.dialog && !dialog.open) dialog.showModal();
  else if (!model.dialog && dialog.open) dialog.close();
}

// Of several hosts, each in a tab.
document.title = `Tributary ${location.host}`;
model.start();
soon();
