/**
 * Before a program of ours does anything it loads, and loading is paid by the module. Two packages bring hundreds of them
 * where one is used; where they are laid out as we know them, that one is loaded alone. And what was compiled is kept.
 */
import { existsSync } from 'node:fs';
import { enableCompileCache, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The end of a module's address, and the file beside it that is enough. */
const enough = [
  // Ink throttles.
  ['/es-toolkit/dist/compat/index.mjs', 'function/throttle.mjs'],
  // Nobody reads our schemas' messages in another of fifty languages.
  ['/zod/v4/locales/index.js', 'en.js'],
] as const;

/** For whatever is imported after it. What was compiled is kept beside a built program, where that may be written. */
export const quickStart = (): void => {
  if (import.meta.url.endsWith('.js')) enableCompileCache(fileURLToPath(new URL('.compiled', import.meta.url)));
  registerHooks({
    resolve: (wanted, context, next) => {
      const found = next(wanted, context);
      const [, file] = enough.find(([end]) => found.url.endsWith(end)) ?? [];
      if (file === undefined) return found;
      const alone = new URL(file, found.url);
      return existsSync(alone) ? { ...found, url: alone.href } : found;
    },
  });
};
