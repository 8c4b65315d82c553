import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Folders that hold nothing of a handler's own. */
const IGNORED = /^(node_modules|__pycache__|\..*)$/;
/** What handlers consist of: a function may write other files, and must not be started anew for it. */
const SOURCE = /\.([cm]?[jt]s|json|py)$/;
/** An editor writes a file in several steps. */
const SETTLE_MS = 100;
const MAX_FOLDERS = 1_000;

/** Calls `onChange` when a handler or sources beside or below it have changed; once for changes that come together. */
export class SourceWatch {
  private readonly handler: string;
  private readonly watchers = new Map<string, FSWatcher>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    handlerPath: string,
    private readonly onChange: () => void,
  ) {
    this.handler = basename(handlerPath);
    this.add(dirname(handlerPath));
  }

  close(): void {
    clearTimeout(this.timer);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  private add(folder: string): void {
    if (this.watchers.has(folder) || this.watchers.size >= MAX_FOLDERS) return;
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name !== null && (SOURCE.test(name) || name === this.handler)) this.notice();
      });
      watcher.on('error', () => this.remove(folder));
      this.watchers.set(folder, watcher);
    } catch {
      // It went meanwhile; or there are no more watches to be had, and the others have to do.
      return;
    }
    this.addBelow(folder);
  }

  private remove(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
  }

  private notice(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      for (const folder of [...this.watchers.keys()]) this.addBelow(folder);
      this.onChange();
    }, SETTLE_MS);
  }

  /** The folders in it, also those that were made meanwhile. */
  private addBelow(folder: string): void {
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory() && !IGNORED.test(entry.name)) this.add(join(folder, entry.name));
      }
    } catch {
      this.remove(folder);
    }
  }
}
