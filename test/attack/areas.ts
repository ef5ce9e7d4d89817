/**
 * The areas attacked by the suite. To add one, add a line here and a file `<name>.test.ts` with `attacksOn('name')`.
 * Then run `npm run test:attack`.
 */
export const areas = {
  'git-configuration': 'git configuration and files that start programs, go online or change the output',
  'interrupted-writes':
    'writing commands killed at each change to the disk, with and without the watchdog, and on a full disk',
  'odd-files': 'pipes, devices, endless and huge files, links and folders where a file is read',
  passwords: 'passwords on the command line, in the environment and in configuration files',
  'hostile-projects':
    'version locations over system folders, journals and temporary files from a checkout, endless expressions',
} as const

export type Area = keyof typeof areas
