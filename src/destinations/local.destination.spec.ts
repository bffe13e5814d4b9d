import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeDestination } from './destination.contract.js';
import { rcloneBed, rcloneSubject } from './rclone.contract.js';

describeDestination('the built-in local folder, real rclone', async () => {
  const bed = await rcloneBed();
  return rcloneSubject(bed, 'local', bed.config.localBackupsDir);
});

describeDestination('a local folder through an alias remote, real rclone', async () => {
  const bed = await rcloneBed('[nas]\ntype = alias\nremote = {root}/nas\n');
  await mkdir(join(bed.root, 'nas'));
  return rcloneSubject(bed, 'nas', join(bed.root, 'nas'));
});
