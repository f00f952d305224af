/** The built-in shop as the service of an environment: several instances, one settings file, a log and an access log each. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capability, ServiceSettings } from '../../documents/experiment.ts';
import { asOperator } from '../../faults/operator.ts';
import { programPath, startProgram, type ChildProgram } from '../../program.ts';
import type { ShopConfig, ShopReady, ShopSettings } from '../../shop/config.ts';
import { grantSql, schemaSql, seedSql } from '../../shop/schema.ts';
import { seconds } from '../../units.ts';
import { accessTime, isoTime, mergedTail } from '../log-tail.ts';
import type { ReplicaService, ServiceHome } from '../service.ts';

const name = 'shop';
export const shopCapabilities: readonly Capability[] = ['restart-service', 'configure-service', 'shop'];

export const shopService = (service: ServiceSettings, home: ServiceHome): ReplicaService => {
  const { folder, log, opening, onLost, keep, letGo } = home;
  const configFile = join(folder, 'shop.json');
  const instances = Array.from({ length: service.instances }, (_, index) => `shop-${index + 1}`);
  const ports = new Map<string, number>();

  const startInstance = async (instance: string): Promise<ChildProgram<ShopReady>> => {
    const config: ShopConfig = {
      configFile,
      instance,
      listen: { host: '127.0.0.1', port: ports.get(instance) ?? 0 },
      accessLogFile: log(`access-${instance}`),
    };
    const signal = opening();
    const child = await startProgram<ShopReady>({
      name: instance,
      program: programPath('../../shop/main.ts', import.meta.url),
      config,
      folder,
      logFile: log(instance),
      readyWithinMs: seconds(20),
      onLost,
      ...(signal === undefined ? {} : { signal }),
    });
    keep(child);
    ports.set(instance, Number(new URL(child.ready.url).port));
    return child;
  };

  return {
    name,
    capabilities: shopCapabilities,
    fill: (operatorUrl) =>
      asOperator(operatorUrl, async (client) => {
        await client.query(`${schemaSql}\n${seedSql}\n${grantSql(name)}`);
      }),
    // It says that it is alive while its database is still coming up.
    start: async ({ url }) => {
      const settings: ShopSettings = { databaseUrl: url, pool: service.pool, work: service.work };
      await writeFile(configFile, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
      const running = await Promise.all(await settled(instances.map(startInstance)));
      return {
        urls: running.map((instance) => instance.ready.url),
        hosts: Object.fromEntries(
          instances.map((instance) => [`${instance}:8080`, `127.0.0.1:${ports.get(instance)}`]),
        ),
        readConfiguration: () => readFile(configFile, 'utf8'),
        writeConfiguration: (text) => writeFile(configFile, text, { mode: 0o600 }),
        restart: async () => {
          for (const [index, instance] of instances.entries()) {
            const old = running[index]!;
            letGo(old);
            await old.stop();
            running[index] = await startInstance(instance);
          }
        },
        logTail: (of, bytes) => {
          const logs = instances.map((instance) => log(of === 'shop' ? instance : `access-${instance}`));
          return mergedTail(logs, bytes, of === 'shop' ? isoTime : accessTime);
        },
      };
    },
  };
};

/** The same promises once all of them have come to an end: nothing comes up after a failure was cleaned away. */
const settled = async <Starting extends Promise<unknown>>(
  starting: readonly Starting[],
): Promise<readonly Starting[]> => {
  await Promise.allSettled(starting);
  return starting;
};
