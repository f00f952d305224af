/** The Prometheus stand-in, as it is built, as a program of its own. */
import { startPrometheus } from '../../dist/embedded/prometheus/prometheus.js';
import { runProgram } from '../../dist/program.js';

await runProgram(async ({ config }) => {
  const prometheus = await startPrometheus(config);
  return { ready: prometheus.url, close: prometheus.close };
});
