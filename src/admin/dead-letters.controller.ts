import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  StreamableFile,
  UseFilters,
} from '@nestjs/common';
import { DeadLettersService } from '../dead-letters/dead-letters.service.js';
import { type LetterSummary, type LetterView, summaryOf, viewOf } from '../dead-letters/letter-view.js';
import type { ReplayReport } from '../dead-letters/replay-report.js';
import { readListRequest, readPlace, readSelection } from './dead-letters.request.js';
import { HostErrorFilter } from './host-error.filter.js';

@Controller('api/dead-letters')
@UseFilters(HostErrorFilter)
export class DeadLettersController {
  constructor(@Inject(DeadLettersService) private readonly letters: DeadLettersService) {}

  @Get()
  async list(@Query() query: Record<string, unknown>): Promise<{ letters: LetterSummary[]; next: string | undefined }> {
    const { filter, ...page } = readListRequest(query);
    const { letters, next } = await this.letters.list(filter, page);
    return { letters: letters.map(summaryOf), next };
  }

  /** One line of JSON for each letter as soon as it is over; whoever closes the connection stops it. */
  @Post('replay')
  @HttpCode(200)
  async replayAll(@Body() body: unknown): Promise<StreamableFile> {
    const filter = readSelection(body);
    this.letters.requireServing();
    // What cannot be reached has to be told by the status.
    await this.letters.list(filter, { limit: 1 });
    const lines = linesOf(this.letters.replayAll(filter));
    return new StreamableFile(Readable.from(lines, { highWaterMark: 1 }), { type: 'application/x-ndjson' });
  }

  @Post('discard')
  @HttpCode(200)
  async discardAll(@Body() body: unknown): Promise<{ discarded: number }> {
    return { discarded: await this.letters.discardAll(readSelection(body)) };
  }

  @Get(':id')
  async show(@Param('id') id: string): Promise<LetterView> {
    return viewOf(await this.letters.get(readPlace(id)));
  }

  @Post(':id/replay')
  @HttpCode(200)
  replay(@Param('id') id: string): Promise<ReplayReport> {
    return this.letters.replay(readPlace(id));
  }

  @Delete(':id')
  @HttpCode(204)
  async discard(@Param('id') id: string): Promise<void> {
    await this.letters.discard(readPlace(id));
  }
}

async function* linesOf(reports: AsyncIterable<object>): AsyncGenerator<string, void, undefined> {
  for await (const report of reports) yield `${JSON.stringify(report)}\n`;
}
