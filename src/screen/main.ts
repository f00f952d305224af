/** The screen's own process. */
import { quickStart } from '../quick-start.ts';

quickStart();
const { awaitStart } = await import('./show.tsx');
awaitStart();
