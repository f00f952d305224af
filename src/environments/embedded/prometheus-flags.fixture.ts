/** The stand-in behind the flags of the original, so that the way to the original can be tested where there is none. */
import { startPrometheus } from '../../embedded/prometheus/prometheus.ts';
import { parseDuration } from '../../units.ts';
import { originalFlags } from './original-flags.fixture.ts';

const { flag, listen } = originalFlags(process.argv.slice(2));
const prometheus = await startPrometheus({
  configFile: flag('--config.file'),
  listen,
  hosts: {},
  lookbackMs: parseDuration(flag('--query.lookback-delta')) ?? 0,
});
process.on('SIGTERM', () => void prometheus.close().then(() => process.exit(0)));
