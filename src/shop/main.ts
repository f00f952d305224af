/** The shop as a program; its configuration is a `ShopConfig`, its ready value a `ShopReady`. */
import { startClock } from '../clock.ts';
import { runProgram } from '../program.ts';
import { openAccessLog } from './access-log.ts';
import { readShopSettings, type ShopConfig, type ShopReady } from './config.ts';
import { openShop } from './shop.ts';

await runProgram<ShopConfig>(async ({ config }) => {
  const settings = readShopSettings(config.configFile);
  const log = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  const accessLog = openAccessLog(config.accessLogFile, log);
  const { listen, instance } = config;
  const shop = await openShop({ settings, listen, instance, accessLog, clock: startClock(), log });
  log(`${instance} listens on ${shop.url}, pool of ${settings.pool.max}`);
  const close = async (): Promise<void> => {
    await shop.close();
    await accessLog.close();
  };
  return { ready: { url: shop.url } satisfies ShopReady, close };
});
