import { BadRequestException, Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { Settings } from '../settings/settings.ts';

/** A part of the settings: those named, each with a value it takes. */
@Injectable()
export class SettingsPatchPipe implements PipeTransform<unknown, Partial<Settings>> {
  transform(body: unknown): Partial<Settings> {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new BadRequestException('the body must be an object of settings');
    const names = Object.keys(body);
    const unknown = names.filter((name) => !NAMES.has(name)).map((name) => `${name} is not a setting`);

    // Those that are not named have their defaults, which are valid.
    const settings = plainToInstance(Settings, body);
    const wrong = validateSync(settings).map(
      ({ property, constraints }) =>
        `${property} ${Object.values(constraints ?? {}).at(-1) ?? 'is not valid'}`,
    );
    if (unknown.length + wrong.length > 0) throw new BadRequestException([...unknown, ...wrong]);
    return Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)));
  }
}

const NAMES: ReadonlySet<string> = new Set(Object.keys(new Settings()));
