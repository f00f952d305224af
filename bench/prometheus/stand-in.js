/** The stand-in, as it is built, as a program of its own: its memory and its time are nobody else's. */
import { startPrometheus } from '../../dist/embedded/prometheus/prometheus.js';
import { runProgram } from '../../dist/program.js';

await runProgram(async ({ config }) => {
  const prometheus = await startPrometheus(config);
  return { ready: prometheus.url, close: prometheus.close };
});
