import { AdminConfig } from '../../admin/admin.config.js';
import { type Environment, readVariables } from '../../config/read-variables.js';
import { HttpTriggerConfig } from '../../triggers/http/http.config.js';
import { DEFAULT_SERVER } from '../nats-connection.js';
import { ownCommand } from '../own-command.js';

/** What to type to see each trigger work, and where the operator's page is. */
export function placesText(variables: Environment): string {
  const http = readVariables(HttpTriggerConfig, variables).value;
  const admin = readVariables(AdminConfig, variables).value;
  const schedule = variables['TRIGGER_CRON_SCHEDULE'];
  const subject = variables['TRIGGER_NATS_SUBJECT'];
  const lines = [
    http.enabled && http.port > 0 && `HTTP   curl http://127.0.0.1:${http.port}/`,
    schedule && `cron   ${schedule}`,
    subject && `NATS   ${ownCommand()} send${serverOption(variables)} ${oneOf(subject)} DATA`,
    admin.enabled && admin.port > 0 && `page   http://127.0.0.1:${admin.port}/`,
  ];
  const shown = lines
    .filter((line) => line !== false && line !== undefined && line !== '')
    .map((line) => `  ${line}\n`);
  return `\ntributary dev: it serves, and follows its files. Ctrl-C ends everything.\n${shown.join('')}\n`;
}

/** Whoever types it has neither the variables of this process nor its server. */
function serverOption({ TRIGGER_NATS_URL: url }: Environment): string {
  return url && url !== DEFAULT_SERVER ? ` --server ${url.replace(/\/\/[^/@]*@/, '//')}` : '';
}

/** A subject that fits the first of those. */
function oneOf(subjects: string): string {
  return (subjects.split(',')[0] ?? '').trim().replaceAll(/[*>]/g, 'world');
}
