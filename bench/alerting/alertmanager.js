/** The Alertmanager stand-in, as it is built, as a program of its own. */
import { startAlertmanager } from '../../dist/embedded/alertmanager/alertmanager.js';
import { runProgram } from '../../dist/program.js';

await runProgram(async ({ config }) => {
  const alertmanager = await startAlertmanager(config);
  return { ready: alertmanager.url, close: alertmanager.close };
});
