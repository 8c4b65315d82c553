import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { AdminConfig, readAdminToken } from '../admin/admin.config.js';
import type { Environment } from '../config/read-variables.js';
import { messageOf } from '../errors.js';
import { CliError, EXIT_USAGE } from './cli-error.js';
import { readSettings } from './settings.js';

/** Addresses that are listened on but cannot be connected to. */
const ANY_ADDRESS = new Set(['0.0.0.0', '::', '[::]']);

/** Talks to the admin port of a running host. Waits for an answer for as long as it takes: a function may be slow. */
export class AdminClient {
  private constructor(
    private readonly base: URL,
    private readonly token: string | undefined,
  ) {}

  /** @param url Of the admin port; by default what the host's own variables say. */
  static fromEnvironment(url: string | undefined, environment: Environment): AdminClient {
    const config = readSettings(AdminConfig, environment);
    return new AdminClient(baseOf(url ?? defaultUrl(config)), tokenOf(config));
  }

  /** Resolves with an answer whose status is 2xx; another one is a `CliError` with the host's sentence. */
  async post(path: string, body: object): Promise<IncomingMessage> {
    const response = await this.send(path, JSON.stringify(body));
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw new AdminRefusal(status, await this.refusalOf(response, status));
  }

  private send(path: string, body: string): Promise<IncomingMessage> {
    const request = this.base.protocol === 'https:' ? requestHttps : requestHttp;
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.base), { method: 'POST', headers, agent: false }, resolve);
      outgoing.once('error', (error) => reject(this.unreachable(error)));
      outgoing.end(body);
    });
  }

  private unreachable(error: Error): CliError {
    const advice = 'start it, or name its admin port by --admin URL or ADMIN_HOST and ADMIN_PORT';
    return new CliError(`no host answers at ${this.base.origin} (${messageOf(error)}); ${advice}`);
  }

  private async refusalOf(response: IncomingMessage, status: number): Promise<string> {
    const message = messageIn(await textOf(response));
    if (status === 401)
      return `the host at ${this.base.origin} asks for its token; set ADMIN_TOKEN or ADMIN_TOKEN_FILE`;
    return message ?? `the host at ${this.base.origin} answered with status ${status}`;
  }
}

/** The host did not do what it was asked for. */
export class AdminRefusal extends CliError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** All of a body, as text. */
export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function messageIn(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

function defaultUrl({ host, port }: AdminConfig): string {
  const reachable = ANY_ADDRESS.has(host) ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function baseOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new CliError(`--admin: expected a URL such as http://127.0.0.1:9464, got ${JSON.stringify(text)}`, EXIT_USAGE);
}

function tokenOf(config: AdminConfig): string | undefined {
  try {
    return readAdminToken(config);
  } catch (error) {
    throw new CliError(`ADMIN_TOKEN_FILE: expected a file that can be read: ${messageOf(error)}`, EXIT_USAGE);
  }
}
