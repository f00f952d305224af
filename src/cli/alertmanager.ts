/** `gameday alertmanager`: routing, grouping and silencing of alerts as a server of its own, for `amtool`, Prometheus, Grafana. */
import { GamedayError } from '../errors.ts';
import { alertmanagerFile } from './project/alertmanager-file.ts';
import type { AddCommand } from './command.ts';
import { exitCodes, helpAfter } from './exit-codes.ts';
import { aPort } from './option-values.ts';

type Options = { readonly config?: string; readonly host: string; readonly port: string; readonly compat: string };

export const addAlertmanager: AddCommand = (program, run) => {
  program
    .command('alertmanager')
    .option('--config <file>', "an alertmanager.yml; the project's own when left out")
    .option('--host <host>', 'where it listens', 'localhost')
    .option('--port <port>', 'its port; 0 takes a free one', '9093')
    .option('--compat <version>', '0.25: groups and notifications as that version made them', '0.33')
    .addHelpText(
      'after',
      helpAfter(['gameday alertmanager', 'gameday alertmanager --config alertmanager.yml --port 0'], {
        2: exitCodes[2],
        3: exitCodes[3],
        130: 'interrupted; nothing more is told',
        143: 'terminated; nothing more is told',
      }),
    )
    .action(
      run(async (context, { config, host, port, compat }: Options) => {
        const { terminal, signal } = context;
        if (compat !== '0.25' && compat !== '0.33')
          throw new GamedayError('USAGE', { message: `--compat ${compat} is no version`, hint: 'use 0.25 or 0.33' });
        const listen = { host, port: aPort(port) };
        const configFile = alertmanagerFile(context, config);
        const { startAlertmanager } = await import('../embedded/alertmanager/alertmanager.ts');
        const server = await startAlertmanager({
          ...{ configFile, listen, hosts: {}, version: compat },
          onWouldSend: (wouldSend) => terminal.out(JSON.stringify({ wouldSend })),
        });
        terminal.out(`alertmanager  ${server.url}`);
        if (!signal.aborted) await new Promise((stop) => signal.addEventListener('abort', stop, { once: true }));
        await server.close();
        return 0;
      }),
    );
};
