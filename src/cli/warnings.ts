import { showProblems, type Problem } from '../errors.ts';

/** Problems that end nothing, in the shape of errors; each is said once. */
export const showWarnings = (warnings: readonly Problem[]): string => {
  const distinct = new Map(warnings.map((warning) => [JSON.stringify(warning), warning]));
  return showProblems([...distinct.values()]).replaceAll(/^error: /gm, 'warning: ');
};
