import {
  type BeforeApplicationShutdown,
  Controller,
  Get,
  HttpException,
  HttpStatus,
  Inject,
  StreamableFile,
} from '@nestjs/common';
import { LIVE_EVENTS, type LiveEvents } from '../figures/live-events.js';
import { RECENT_TRAFFIC, type RecentTraffic, type TrafficSpan } from '../figures/recent-traffic.js';
import { LiveStream } from './live-stream.js';

/** Pages and programs that may look on at once. */
const MAX_STREAMS = 8;
/** For the last lines to go out, when the host ends. */
const END_MS = 100;

@Controller('api/invocations')
export class InvocationsController implements BeforeApplicationShutdown {
  private readonly streams = new Set<LiveStream>();

  constructor(
    @Inject(LIVE_EVENTS) private readonly events: LiveEvents,
    @Inject(RECENT_TRAFFIC) private readonly traffic: RecentTraffic,
  ) {}

  /** The sums of the last five minutes, which nobody had to look at. */
  @Get('recent')
  recent(): { spans: readonly TrafficSpan[] } {
    return { spans: this.traffic.spans() };
  }

  /** One line of JSON for all that happens from now on, and one a second; for as long as the reader and the host live. */
  @Get('live')
  live(): StreamableFile {
    if (this.streams.size >= MAX_STREAMS) {
      throw new HttpException(`${MAX_STREAMS} streams are open already: close one`, HttpStatus.TOO_MANY_REQUESTS);
    }
    const stream = new LiveStream();
    const stop = this.events.listen((event) => stream.tell(event));
    this.streams.add(stream);
    stream.once('close', () => {
      stop();
      this.streams.delete(stream);
    });
    return new StreamableFile(stream, { type: 'application/x-ndjson' });
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.streams.size === 0) return;
    const closed = [...this.streams].map((stream) => {
      stream.end();
      return new Promise((resolve) => stream.once('close', resolve));
    });
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => (timer = setTimeout(resolve, END_MS)));
    await Promise.race([Promise.all(closed), timeout]);
    clearTimeout(timer);
  }
}
