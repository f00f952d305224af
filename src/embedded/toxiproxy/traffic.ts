/** The bytes that have passed, in the original's two metrics; counted as they pass, since a pooled connection never ends. */

/** Of one direction of one proxy. `sent` counts what was given to the receiver's socket. */
export type Meter = { received: number; sent: number };

export type Traffic = {
  /** The same one for the same labels. */
  readonly meter: (labels: TrafficLabels) => Meter;
  /** In Prometheus' text format. */
  readonly exposition: () => string;
};

export type TrafficLabels = {
  readonly direction: 'upstream' | 'downstream';
  readonly listener: string;
  readonly proxy: string;
  readonly upstream: string;
};

export const createTraffic = (): Traffic => {
  const meters = new Map<string, Meter>();
  const metric = (name: string, help: string, value: (meter: Meter) => number): string => {
    const samples = [...meters].map(([labels, meter]) => `${name}{${labels}} ${value(meter)}\n`);
    return `# HELP ${name} ${help}\n# TYPE ${name} counter\n${samples.join('')}`;
  };
  return {
    meter: ({ direction, listener, proxy, upstream }) => {
      const labels = Object.entries({ direction, listener, proxy, upstream })
        .map(([name, value]) => `${name}="${escaped(value)}"`)
        .join(',');
      const meter = meters.get(labels) ?? { received: 0, sent: 0 };
      meters.set(labels, meter);
      return meter;
    },
    exposition: () =>
      metric(
        'toxiproxy_proxy_received_bytes_total',
        'Bytes received, by direction and proxy.',
        (each) => each.received,
      ) + metric('toxiproxy_proxy_sent_bytes_total', 'Bytes sent, by direction and proxy.', (each) => each.sent),
  };
};

const escaped = (value: string): string => value.replaceAll(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
