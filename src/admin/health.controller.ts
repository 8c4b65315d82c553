import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Open } from './open.decorator.js';
import { Readiness, type ReadinessReport } from './readiness.js';

/** What an orchestrator's probes ask. */
@Open()
@Controller()
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  /** Whether this process answers at all: nothing outside it has a say, or a restart would be the answer to an outage. */
  @Get('livez')
  @Header('Cache-Control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** 200 while this host should get events, else 503; the body tells both component by component. */
  @Get('readyz')
  @Header('Cache-Control', 'no-store')
  ready(@Res({ passthrough: true }) reply: FastifyReply): ReadinessReport {
    const report = this.readiness.report();
    void reply.code(report.status === 'ready' ? 200 : 503);
    return report;
  }
}
