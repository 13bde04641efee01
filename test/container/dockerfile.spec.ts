import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DockerfileParser } from 'dockerfile-ast';
import { REPOSITORY } from '../processes/service-process.ts';

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Instruction {
  readonly keyword: string;
  readonly content: string;
}

/** What no linter can know: how the Dockerfile fits the rest of the repository. */
describe('The Dockerfile', () => {
  const dockerfile = DockerfileParser.parse(readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8'));
  const root = manifestOf('.');

  /** A stage’s instructions below its FROM. */
  function stage(name: string): readonly Instruction[] {
    const instructions = dockerfile.getInstructions();
    const from = dockerfile.getFROMs().find((each) => each.getBuildStage() === name);
    const start = instructions.findIndex(
      (each) => each.getRange().start.line === from?.getRange().start.line,
    );
    const length = instructions.slice(start + 1).findIndex((each) => each.getKeyword() === 'FROM');
    return instructions.slice(start + 1, length === -1 ? undefined : start + 1 + length).map((each) => ({
      keyword: each.getKeyword(),
      content: each.getTextContent().slice(each.getKeyword().length).trim(),
    }));
  }

  const contentsOf = (name: string, keyword: string): string[] =>
    stage(name)
      .filter((each) => each.keyword === keyword)
      .map(({ content }) => content);

  it('begins from the Node release that everything else runs on, named once and in full', () => {
    const [image] = dockerfile.getInitialARGs().map((each) => each.getRawArgumentsContent());
    expect(image).toBe(`NODE_IMAGE=node:${root.devDependencies?.['node']}-bookworm-slim`);
    const stages = dockerfile.getFROMs().map((each) => each.getBuildStage());
    const bases = dockerfile.getFROMs().map((each) => each.getImage() ?? '');
    expect(bases.filter((base) => base !== '${NODE_IMAGE}' && !stages.includes(base))).toEqual([]);
  });

  it('gives the sandbox the workspaces that it depends on, and no other', () => {
    const needed = workspacesOf('apps/sandbox');
    const copied = contentsOf('sandbox-files', 'COPY');
    const manifests = copied.filter((each) => /^(apps|libs)\//.test(each));
    expect(manifests.sort()).toEqual(needed.map((each) => `${each}/package.json ${each}/`).sort());
    const built = copied.filter((each) => each.startsWith('--from=build '));
    expect(built.sort()).toEqual(needed.map((each) => `--from=build /app/${each}/dist ${each}/dist`).sort());
  });

  it('runs the sandbox without root, by number, and has nothing to do after that', () => {
    const keywords = stage('sandbox').map(({ keyword }) => keyword);
    expect(contentsOf('sandbox', 'USER')).toEqual(['1000:1000']);
    expect(keywords.slice(keywords.indexOf('USER'))).not.toContain('RUN');
    expect(keywords.slice(keywords.indexOf('USER'))).not.toContain('COPY');
  });

  it('starts Node itself, so that signals reach it, and asks it whether it is healthy', () => {
    expect(contentsOf('runtime', 'ENTRYPOINT')).toEqual(['["node"]']);
    expect(contentsOf('sandbox', 'ENTRYPOINT')).toEqual([]);
    expect(contentsOf('sandbox', 'CMD')).toEqual(['["apps/sandbox/dist/main.js"]']);
    const [health = ''] = contentsOf('sandbox', 'HEALTHCHECK');
    expect(JSON.parse(health.slice(health.indexOf('[')))).toEqual([
      'node',
      '-e',
      expect.stringContaining('/sandbox/health'),
    ]);
  });

  it('labels the image with this version', () => {
    expect(contentsOf('sandbox', 'ARG')).toContain(`VERSION=${root.version}`);
  });
});

/** The workspace’s folder with those of all that it depends on. */
function workspacesOf(folder: string): string[] {
  const names = Object.keys(manifestOf(folder).dependencies ?? {});
  const libs = names.map((name) => name.replace('@parley/', 'libs/'));
  const beneath = libs.filter((lib) => lib.startsWith('libs/') && existsSync(join(REPOSITORY, lib)));
  return [...new Set([folder, ...beneath.flatMap(workspacesOf)])];
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(REPOSITORY, folder, 'package.json'), 'utf8')) as Manifest;
}
