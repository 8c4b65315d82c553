import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AdminGuard } from './admin.guard.js';
import { Open } from './open.decorator.js';
import { Readiness, type ReadinessReport, type ReadinessSummary, summaryOf } from './readiness.js';

/** What an orchestrator's probes ask. */
@Controller()
export class HealthController {
  constructor(
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(AdminGuard) private readonly guard: AdminGuard,
  ) {}

  /** Whether this process answers at all: nothing outside it has a say, or a restart would be the answer to an outage. */
  @Open()
  @Get('livez')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /**
   * 200 while this host should get events, else 503; the body tells both component by component, with names and reasons
   * to those who may use the API.
   */
  @Open()
  @Get('readyz')
  ready(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): ReadinessReport | ReadinessSummary {
    const report = this.readiness.report();
    void reply.code(report.status === 'ready' ? 200 : 503);
    return this.guard.refusalOf(request.raw) ? summaryOf(report) : report;
  }
}
