/** Films on the phone: copied out of the temporary area, which WeChat may empty at any time. */
import Taro from '@tarojs/taro'

const folder = () => `${Taro.env.USER_DATA_PATH}/films`
const pathOf = (id: string) => `${folder()}/${id}.mp4`
const files = () => Taro.getFileSystemManager()

function makeFolder(): void {
  try {
    files().mkdirSync(folder(), true)
  } catch {
    // It is there already.
  }
}

/** Keeps a copy of a fresh recording and says how many bytes it has. */
export async function keepFilm(id: string, source: string): Promise<number> {
  makeFolder()
  files().copyFileSync(source, pathOf(id))
  return (await filmSize(id)) ?? 0
}

export async function filmSize(id: string): Promise<number | null> {
  try {
    const facts = files().statSync(pathOf(id), false)
    return 'size' in facts ? facts.size : null
  } catch {
    return null
  }
}

export async function filmUrl(id: string): Promise<string | null> {
  return (await filmSize(id)) === null ? null : pathOf(id)
}

export async function dropFilm(id: string): Promise<void> {
  try {
    files().unlinkSync(pathOf(id))
  } catch {
    // It is gone already.
  }
}

export async function keptFilms(): Promise<string[]> {
  try {
    return files()
      .readdirSync(folder())
      .map((name) => name.replace(/\.mp4$/, ''))
  } catch {
    return []
  }
}
