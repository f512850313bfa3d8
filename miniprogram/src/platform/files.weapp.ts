/** What was recorded, copied out of the temporary area, which WeChat may empty at any time. */
import Taro from '@tarojs/taro'

const folder = () => `${Taro.env.USER_DATA_PATH}/films`
/** A name without an ending is a film's. */
const pathOf = (id: string) => `${folder()}/${id.includes('.') ? id : `${id}.mp4`}`
/** Under this name until it is whole: a phone that dies while it copies leaves no half film. */
const partOf = (id: string) => `${folder()}/${id}.part`
const system = () => Taro.getFileSystemManager()

function makeFolder(): void {
  try {
    system().mkdirSync(folder(), true)
  } catch {
    // It is there already.
  }
}

function sizeAt(path: string): number | null {
  try {
    const facts = system().statSync(path, false)
    return 'size' in facts ? facts.size : null
  } catch {
    return null
  }
}

function remove(path: string): void {
  try {
    system().unlinkSync(path)
  } catch {
    // It is gone already.
  }
}

/** Keeps a copy of a fresh recording and says how many bytes it has; throws when it cannot. */
export async function keepFile(id: string, source: string): Promise<number> {
  makeFolder()
  try {
    system().copyFileSync(source, partOf(id))
    system().renameSync(partOf(id), pathOf(id))
  } catch (error) {
    remove(partOf(id))
    throw error
  }
  const size = sizeAt(pathOf(id))
  if (!size) throw new Error('the copy has no bytes')
  return size
}

export const fileSize = async (id: string): Promise<number | null> => sizeAt(pathOf(id))

export async function fileUrl(id: string): Promise<string | null> {
  return sizeAt(pathOf(id)) === null ? null : pathOf(id)
}

export const sourceSize = async (source: string): Promise<number | null> =>
  source ? sizeAt(source) : null

export async function dropFile(id: string): Promise<void> {
  remove(pathOf(id))
  remove(partOf(id))
}

export async function keptFiles(): Promise<string[]> {
  try {
    const names = system()
      .readdirSync(folder())
      .map((name) => name.replace(/\.(mp4|part)$/, ''))
    return [...new Set(names)]
  } catch {
    return []
  }
}
