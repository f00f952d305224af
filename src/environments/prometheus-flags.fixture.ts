/** The stand-in behind the flags of the original, so that the way to the original can be tested where there is none. */
import { startPrometheus } from '../embedded/prometheus/prometheus.ts';
import { parseDuration } from '../units.ts';

const flags = new Map(
  process.argv.slice(2).map((flag): [string, string] => {
    const [name = '', ...value] = flag.split('=');
    return [name, value.join('=')];
  }),
);
const flag = (name: string): string => flags.get(name) ?? '';
const [host = '', port = ''] = flag('--web.listen-address').split(':');
const prometheus = await startPrometheus({
  configFile: flag('--config.file'),
  listen: { host, port: Number(port) },
  hosts: {},
  lookbackMs: parseDuration(flag('--query.lookback-delta')) ?? 0,
});
process.on('SIGTERM', () => void prometheus.close().then(() => process.exit(0)));
