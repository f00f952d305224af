/** Fills the templates of an alert's annotations and labels. A template that fails never stops the alert. */
import { reasonOf } from '../../errors.ts';
import type { Labels } from '../../promql/labels.ts';
import type { VectorSample } from '../../promql/value.ts';
import { checkTemplate } from '../go-template/check.ts';
import { fill } from '../go-template/fill.ts';
import { parseTemplate, type Parsed } from '../go-template/parse.ts';
import { mapOf } from '../go-template/value.ts';
import { dataFunctionNames, dataFunctions, functions } from './template-functions.ts';

export type TemplateData = {
  readonly labels: Labels;
  readonly value: number;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  /** The time of the evaluation, in milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Answers a query of the template itself. @throws {Error} saying what is wrong with it. */
  readonly query: (expression: string) => readonly VectorSample[];
};

/** A template that was parsed; `text` is as written. */
export type Template = Parsed & { readonly text: string };

const functionNames = new Set([...Object.keys(functions), ...dataFunctionNames]);
const variableNames = ['$labels', '$value', '$externalLabels', '$externalURL'];

/** @throws {Error} when `text` is no template. */
export const template = (text: string): Template => {
  const parsed = parseTemplate(text);
  checkTemplate(parsed, functionNames, variableNames);
  return { text, ...parsed };
};

/** The filled text, or in its place Prometheus' own note that the template failed. */
export const expand = ({ parts, defined }: Template, data: TemplateData): string => {
  const { labels, value, externalLabels, externalUrl } = data;
  try {
    return fill(parts, {
      dot: mapOf([
        ['Labels', labels],
        ['Value', value],
        ['ExternalLabels', externalLabels],
        ['ExternalURL', externalUrl],
      ]),
      variables: { $labels: labels, $value: value, $externalLabels: externalLabels, $externalURL: externalUrl },
      functions: { ...functions, ...dataFunctions(data) },
      defined,
    });
  } catch (error) {
    return `<error expanding template: ${reasonOf(error)}>`;
  }
};
