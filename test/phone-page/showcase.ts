import { SandboxControl } from '../insider-page/sandbox-control.ts';
import type { SandboxProcess } from '../sandbox/sandbox-process.ts';

/** Who has a text of every kind that is to be looked at. */
export const SHOWN_USER = '+14155550123';
export const SHOWN_TEXT = 'Your order';

const ORDER = [
  `*${SHOWN_TEXT}* is on its _last mile_, ~tomorrow~ today 📦`,
  '- a pair of shoes',
  '- a hat',
  '> Where is it?',
  'Code `A-17`, tracking',
  '```42-117-9```',
].join('\n');

/** Conversations as a team has them: answered, failed, in other scripts, long, with a card, and one whose window is closed. */
export async function fillShowcase(sandbox: SandboxProcess): Promise<void> {
  const control = new SandboxControl(sandbox.url);
  await sandbox.send('Your appointment was moved to 3 pm.', '+12025550104');
  for (const [phoneNumber, text] of [
    ['+442071838750', 'Thanks, see you there 👋'],
    ['+972541234567', 'שלום, ההזמנה שלך בדרך אליך'],
    ['+302101234567', 'Ευχαριστούμε για την παραγγελία σας.'],
    [SHOWN_USER, 'Where is my order?'],
  ] as const)
    await control.userWrites(phoneNumber, text);
  await sandbox.send(`https://example.com/${'a-long-way-'.repeat(20)}`, '+442071838750');
  await sandbox.send(ORDER, SHOWN_USER);
  await sandbox.send('Follow it: https://example.com/offer', SHOWN_USER, { previewUrl: true });
  await control.userWrites(SHOWN_USER, '🎉🎉');
  await sandbox.send('This one does not arrive. #sandbox:fails=131026', SHOWN_USER);
}
