import { Body, Controller, Get, Patch, UseGuards } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags, PartialType } from '@nestjs/swagger';
import { CurrentSettings } from '../settings/current-settings.ts';
import { describeSettings } from '../settings/describe-settings.ts';
import { Settings } from '../settings/settings.ts';
import { SettingDescriptionAnswer } from './answers.ts';
import { JsonBodyPipe } from './json-body.pipe.ts';
import { JsonOnlyGuard } from './json-only.guard.ts';
import { SettingsPatchPipe } from './settings-patch.pipe.ts';

/** What can be changed while it runs. */
@ApiTags('settings')
@Controller('sandbox/settings')
@UseGuards(JsonOnlyGuard)
export class SettingsController {
  constructor(private readonly settings: CurrentSettings) {}

  @Get()
  @ApiOperation({ summary: 'The settings as they are now' })
  @ApiOkResponse({ type: Settings })
  now(): Settings {
    return this.settings.now;
  }

  @Patch()
  @ApiOperation({ summary: 'Changes the settings given, at once and until the next reset' })
  @ApiBody({ type: PartialType(Settings) })
  @ApiOkResponse({ type: Settings })
  change(@Body(JsonBodyPipe, SettingsPatchPipe) settings: Partial<Settings>): Settings {
    return this.settings.change(settings);
  }

  @Get('descriptions')
  @ApiOperation({ summary: 'What each setting means and takes' })
  @ApiOkResponse({ type: [SettingDescriptionAnswer] })
  descriptions(): readonly SettingDescriptionAnswer[] {
    return describeSettings();
  }
}
