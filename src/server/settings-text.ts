import { settings, variableOf, type Setting, type SettingName } from './settings.ts'

const entries = Object.entries(settings) as [SettingName, Setting][]

/** `docs/configuration.md`: every setting by group, as a table. */
export function configurationPage(): string {
  const groups = [...new Set(entries.map(([, { group }]) => group))]
  const tables = groups.map((group) => {
    const rows = entries
      .filter(([, setting]) => setting.group === group)
      .map(([name, { default: value, meaning, secret }]) => {
        const note = secret === true ? `${meaning} A secret: never printed.` : meaning
        return `| \`${name}\` | \`${variableOf(name)}\` | ${shown(value)} | ${note.replaceAll('|', '\\|')} |`
      })
    return [`## ${group}`, '', '| setting | variable | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
  })
  return `${[introduction, ...tables].join('\n\n')}\n`
}

const introduction = `# Configuration

Settings come from four places; later ones win: the defaults, \`doorward.config.ts\`, the environment, the command line.
\`doorward init\` writes a \`doorward.config.ts\` with every setting in it, commented at its default; \`doorward settings\`
prints what is in force and where it comes from; \`doorward doctor\` names what is insecure or broken. A name that is not
in these tables is refused. Durations are seconds, or text such as \`30m\`, \`12h\`, \`7d\`; lists are written with commas or
spaces in the environment. The file is found in the current folder, or named by \`--config\`. This page is made from the code.`

/** The text of a `doorward.config.ts` with every setting commented at its default. */
export function configurationFile(): string {
  const lines = entries.flatMap(([name, { group, default: value, meaning, secret }], index) => {
    const heading = entries[index - 1]?.[1].group === group ? [] : ['', `  // ${group}`]
    const where = secret === true ? ` Better set as ${variableOf(name)} than written here.` : ''
    return [...heading, ...wrapped(`${meaning}${where}`), `  // ${name}: ${JSON.stringify(value)},`, '']
  })
  return `import { defineConfig } from 'doorward/config'\n\nexport default defineConfig({${lines.join('\n').trimEnd()}\n})\n`
}

/** Comment lines of at most a hundred characters. */
function wrapped(text: string): string[] {
  const lines: string[] = []
  let line = '  //'
  for (const word of text.split(' ')) {
    if (line.length + word.length > 99) {
      lines.push(line)
      line = '  //'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

function shown(value: unknown): string {
  if (value === null) return '–'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `\`${value.join(', ')}\``
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
