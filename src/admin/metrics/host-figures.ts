import { Injectable } from '@nestjs/common';
import { type Figure, type FigureSource, figure, withLabels } from '../../figures/figure.js';
import { InvocationService } from '../../invocation/invocation.service.js';
import { NatsClient } from '../../nats/nats.client.js';
import { TriggerList } from '../../triggers/trigger-list.js';
import { Readiness } from '../readiness.js';

/** What the host is doing now, and what its triggers count. */
@Injectable()
export class HostFigures implements FigureSource {
  constructor(
    private readonly readiness: Readiness,
    private readonly invocations: InvocationService,
    private readonly nats: NatsClient,
    private readonly triggers: TriggerList,
  ) {}

  figures(): Figure[] {
    return [...this.readinessFigures(), ...this.loadFigures(), ...this.natsFigures(), ...this.triggerFigures()];
  }

  private readinessFigures(): Figure[] {
    const { status, components } = this.readiness.report();
    const workers = components.subRuntime.workers;
    return [
      figure(
        'gauge',
        'ready',
        'Whether this host should get events: what /readyz answers.',
        Number(status === 'ready'),
      ),
      {
        kind: 'gauge',
        name: 'sub_runtime_ready',
        help: 'Whether a sub-runtime takes invocations.',
        samples: workers.map(({ index, state }) => ({
          labels: { worker: String(index) },
          value: Number(state === 'ready'),
        })),
      },
    ];
  }

  private loadFigures(): Figure[] {
    const load = new Map<string, { type: string; inFlight: number; waiting: number }>();
    for (const { options, inFlight, waiting } of this.invocations.lanes) {
      const sum = load.get(options.triggerName) ?? { type: options.triggerType, inFlight: 0, waiting: 0 };
      load.set(options.triggerName, { ...sum, inFlight: sum.inFlight + inFlight, waiting: sum.waiting + waiting });
    }
    const samples = (valueOf: 'inFlight' | 'waiting') =>
      [...load].map(([trigger, sums]) => ({ labels: { trigger, type: sums.type }, value: sums[valueOf] }));
    return [
      {
        kind: 'gauge',
        name: 'invocations_in_flight',
        help: 'Invocations that hold a permit: those that run, and handlers that timed out and have not answered yet.',
        samples: samples('inFlight'),
      },
      {
        kind: 'gauge',
        name: 'invocations_queued',
        help: 'Invocations that wait for a permit or a sub-runtime.',
        samples: samples('waiting'),
      },
    ];
  }

  private natsFigures(): Figure[] {
    if (!this.nats.configured) return [];
    return [
      figure(
        'gauge',
        'nats_connected',
        'Whether there is a connection to NATS.',
        Number(this.nats.state === 'connected'),
      ),
    ];
  }

  private triggerFigures(): Figure[] {
    return this.triggers.all.flatMap((trigger) => {
      const labels = { trigger: trigger.name, type: trigger.type };
      const active = figure('gauge', 'trigger_active', 'Whether a trigger takes events.', Number(trigger.state.active));
      return withLabels([active, ...(trigger.figures?.() ?? [])], labels);
    });
  }
}
