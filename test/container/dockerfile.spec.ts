import { describe, expect, it } from '@jest/globals';
import { contentsOf, dockerfile, stage } from './dockerfile.ts';
import { manifestOf, workspacesOf } from './workspaces.ts';

const root = manifestOf('.');

const IMAGES = [
  { name: 'sandbox', starts: ['apps/sandbox/dist/main.js'], health: '4000}/sandbox/health`', proto: false },
  { name: 'gateway', starts: ['apps/gateway/dist/main.js'], health: '3000}/health/ready`', proto: true },
  { name: 'cli', starts: ['--help'], health: undefined, proto: true },
];

/** What no linter can know: how the Dockerfile fits the rest of the repository. */
describe('The Dockerfile', () => {
  it('begins from the Node release that everything else runs on, named once and in full', () => {
    const [image] = dockerfile.getInitialARGs().map((each) => each.getRawArgumentsContent());
    expect(image).toBe(`NODE_IMAGE=node:${root.devDependencies?.['node']}-bookworm-slim`);
    const stages = dockerfile.getFROMs().map((each) => each.getBuildStage());
    const bases = dockerfile.getFROMs().map((each) => each.getImage() ?? '');
    expect(bases.filter((base) => base !== '${NODE_IMAGE}' && !stages.includes(base))).toEqual([]);
  });

  it('starts Node without a shell in between, so that signals reach it, and not as the process that ignores them', () => {
    expect(contentsOf('runtime', 'ENTRYPOINT')).toEqual(['["tini", "--", "node"]']);
    expect(contentsOf('cli', 'ENTRYPOINT')).toEqual(['["tini", "--", "node", "apps/cli/dist/main.js"]']);
    expect(contentsOf('gateway', 'ENTRYPOINT')).toEqual([]);
    expect(contentsOf('sandbox', 'ENTRYPOINT')).toEqual([]);
  });

  describe.each(IMAGES)('for the $name', ({ name, starts, health, proto }) => {
    it('copies the workspaces that it depends on, and no other', () => {
      const needed = workspacesOf(`apps/${name}`);
      const copied = contentsOf(`${name}-files`, 'COPY');
      const manifests = copied.filter((each) => /^(apps|libs)\//.test(each));
      expect(manifests.sort()).toEqual(needed.map((each) => `${each}/package.json ${each}/`));
      const built = copied.filter((each) => each.startsWith('--from=build '));
      expect(built.sort()).toEqual(needed.map((each) => `--from=build /app/${each}/dist ${each}/dist`));
    });

    it('copies the proto file when it is read at the start', () => {
      expect(workspacesOf(`apps/${name}`).includes('libs/contracts')).toBe(proto);
      expect(contentsOf(`${name}-files`, 'COPY').includes('proto proto')).toBe(proto);
    });

    it('runs without root, by number, and has nothing to do after that', () => {
      const keywords = stage(name).map(({ keyword }) => keyword);
      expect(contentsOf(name, 'USER')).toEqual(['1000:1000']);
      expect(keywords.slice(keywords.indexOf('USER'))).not.toContain('RUN');
      expect(keywords.slice(keywords.indexOf('USER'))).not.toContain('COPY');
    });

    it('starts it, and asks it whether it is healthy unless it runs to its end', () => {
      expect(contentsOf(name, 'CMD').map((each) => JSON.parse(each) as unknown)).toEqual([starts]);
      const [check = ''] = contentsOf(name, 'HEALTHCHECK');
      if (health === undefined) expect(check).toBe('NONE');
      else
        expect(JSON.parse(check.slice(check.indexOf('[')))).toEqual([
          'node',
          '-e',
          expect.stringContaining(health),
        ]);
    });

    it('labels the image with this version', () => {
      expect(contentsOf(name, 'ARG')).toContain(`VERSION=${root.version}`);
      const [labels = ''] = contentsOf(name, 'LABEL');
      for (const label of ['title', 'description', 'licenses', 'version', 'revision'])
        expect(labels).toContain(`org.opencontainers.image.${label}=`);
    });
  });
});
