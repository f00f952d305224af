/** The stand-in behind the flags of the original, so that the way to the original can be tested where there is none. */
import { startAlertmanager } from '../../embedded/alertmanager/alertmanager.ts';
import { originalFlags } from './original-flags.fixture.ts';

const { flag, listen } = originalFlags(process.argv.slice(2));
const alertmanager = await startAlertmanager({
  configFile: flag('--config.file'),
  listen,
  hosts: {},
  externalUrl: flag('--web.external-url'),
});
process.on('SIGTERM', () => void alertmanager.close().then(() => process.exit(0)));
