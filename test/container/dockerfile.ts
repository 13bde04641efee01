import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { REPOSITORY } from '../processes/service-process.ts';

export interface Instruction {
  readonly keyword: string;
  readonly content: string;
}

export const dockerfile = DockerfileParser.parse(readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8'));

/** A stage’s instructions below its FROM; none when there is no such stage. */
export function stage(name: string): readonly Instruction[] {
  const instructions = dockerfile.getInstructions();
  const from = dockerfile.getFROMs().find((each) => each.getBuildStage() === name);
  if (from === undefined) return [];
  const start = instructions.findIndex((each) => each.getRange().start.line === from.getRange().start.line);
  const length = instructions.slice(start + 1).findIndex((each) => each.getKeyword() === 'FROM');
  return instructions.slice(start + 1, length === -1 ? undefined : start + 1 + length).map((each) => ({
    keyword: each.getKeyword(),
    content: each.getTextContent().slice(each.getKeyword().length).trim(),
  }));
}

/** What stands behind each `keyword` of a stage. */
export function contentsOf(name: string, keyword: string): string[] {
  return stage(name)
    .filter((each) => each.keyword === keyword)
    .map(({ content }) => content);
}
