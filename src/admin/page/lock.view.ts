import { html, nothing, type TemplateResult } from 'lit-html';
import type { Lock, PageModel } from './page-model.js';

/** In place of all else, where nothing may be seen. */
export function lockView(model: PageModel, lock: Lock): TemplateResult {
  return html`<main class="lock">${contentOf(model, lock)}</main>`;
}

function contentOf(model: PageModel, { status, message, tried, until }: Lock): TemplateResult {
  switch (status) {
    case 403:
      return html`<h2>Not from here</h2>
        <p>${message}.</p>
        <p>
          Open this page on the host's own machine as <code>http://127.0.0.1:${location.port}/</code>, or from here
          through <code>ssh -L ${location.port}:127.0.0.1:${location.port}</code>; or set <code>ADMIN_TOKEN</code>,
          which lets its bearer in from everywhere.
        </p>`;
    case 429:
      return html`<h2>Not now</h2>
        <p>${message}: for a minute none is looked at, not even the right one.</p>
        <p role="status">This page tries again in ${secondsUntil(until)} s.</p>`;
    default:
      return html`<h2>This page needs the token of the host</h2>
        <p>It is what <code>ADMIN_TOKEN</code> or <code>ADMIN_TOKEN_FILE</code> says. It is kept in this tab alone.</p>
        ${form(model)}
        <p class="bad" role="alert">${tried ? 'That token was not accepted.' : nothing}</p>`;
  }
}

function form(model: PageModel): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const token = new FormData(event.target as HTMLFormElement).get('token');
    if (typeof token === 'string' && token !== '') model.unlock(token.trim());
  };
  return html`<form @submit=${submit}>
    <label>
      Token
      <input name="token" type="password" autocomplete="off" required autofocus />
    </label>
    <button type="submit" class="main">Open</button>
  </form>`;
}

function secondsUntil(until: number | undefined): number {
  return Math.max(0, Math.ceil(((until ?? 0) - Date.now()) / 1_000));
}
