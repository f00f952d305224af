/** The stand-in behind the flags of the original, so that the way to the original can be tested where there is none. */
import { startAlertmanager } from '../embedded/alertmanager/alertmanager.ts';

const flags = new Map(
  process.argv.slice(2).map((flag): [string, string] => {
    const [name = '', ...value] = flag.split('=');
    return [name, value.join('=')];
  }),
);
const flag = (name: string): string => flags.get(name) ?? '';
const [host = '', port = ''] = flag('--web.listen-address').split(':');
const alertmanager = await startAlertmanager({
  configFile: flag('--config.file'),
  listen: { host, port: Number(port) },
  hosts: {},
  externalUrl: flag('--web.external-url'),
});
process.on('SIGTERM', () => void alertmanager.close().then(() => process.exit(0)));
