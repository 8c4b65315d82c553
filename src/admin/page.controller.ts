import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Controller, Get, Header } from '@nestjs/common';
import { packageRoot } from '../config/package-root.js';
import { Open } from './open.decorator.js';

/** The page's own files and the API of its host, nothing else; no script is ever made of a text (Trusted Types). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ');

type PageFile = 'page.html' | 'page.js' | 'page.css';

/** The operator's page: it holds no data, so that everyone may have it; what it shows it asks the API for. */
@Controller()
export class PageController {
  /** Read when they are first asked for: a host that nobody looks at never does. */
  private readonly files = new Map<PageFile, Promise<Buffer>>();

  @Open()
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', POLICY)
  page(): Promise<Buffer> {
    return this.file('page.html');
  }

  @Open()
  @Get('page.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): Promise<Buffer> {
    return this.file('page.js');
  }

  @Open()
  @Get('page.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): Promise<Buffer> {
    return this.file('page.css');
  }

  private file(name: PageFile): Promise<Buffer> {
    let file = this.files.get(name);
    if (!file) this.files.set(name, (file = readFile(join(packageRoot(), 'dist/bundle', name))));
    return file;
  }
}
