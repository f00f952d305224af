/** A runbook as a page to read: its own prose, with each step numbered and with what it does to the system said first. */
import type { Danger, Runbook, Step } from '../../documents/runbook.ts';
import { formatDuration } from '../../units.ts';

/** In the order of their numbers: those that are followed, then those that take something back. */
export const stepsIn = ({ steps, rollback }: Runbook): readonly Step[] => [...steps, ...rollback];

export const dangerWords = {
  read: 'only looks',
  write: 'CHANGES something',
  restart: 'RESTARTS something',
  destroy: 'DESTROYS something',
} as const satisfies Record<Danger, string>;

export const runbookPage = (text: string, runbook: Runbook): readonly string[] => {
  const lines = text.split(/\r\n|\r|\n/);
  const numbered = new Map(stepsIn(runbook).map((step, index) => [step.at.line, { step, number: index + 1 }]));
  const page: string[] = [];
  for (let index = frontMatterEnd(lines); index < lines.length; index += 1) {
    const found = numbered.get(index + 1);
    if (found === undefined) {
      page.push(lines[index] ?? '');
      continue;
    }
    page.push(...stepLines(found.step, found.number));
    index += bodyOf(found.step).length + 1; // and its closing fence
  }
  const start = page.findIndex((line) => line.trim() !== '');
  return page
    .slice(Math.max(0, start))
    .filter((line, index, all) => line.trim() !== '' || all[index - 1]?.trim() !== '');
};

const frontMatterEnd = (lines: readonly string[]): number => {
  if (lines[0] !== '---') return 0;
  return lines.indexOf('---', 1) + 1;
};

const stepLines = (step: Step, number: number): readonly string[] => {
  const { name, language, danger, on, expect, until, timeoutMs, undo } = step;
  const as = on === undefined ? '' : ` as ${on.role}`;
  return [
    `[${number}] ${name}  (${language}${as}; ${dangerWords[danger]}${danger === 'read' ? '' : ', asks first'})`,
    ...bodyOf(step).map((line) => `      ${line}`),
    ...(expect === undefined ? [] : [`      expects ${expect.text}`]),
    ...(until === undefined ? [] : [`      waits until ${until.text}, ${formatDuration(timeoutMs)} at most`]),
    ...(undo === undefined ? [] : [`      taken back by ${undo}`]),
  ];
};

const bodyOf = ({ body }: Step): readonly string[] => body.split('\n');
