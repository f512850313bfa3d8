/** A text file for a WeChat chat: the Mini Program has no folder that a person can open. */
import Taro from '@tarojs/taro'

export const shareHint = '选一个聊天，比如“文件传输助手”，就能存下来。'
export const shareWords = '文件好了，发到聊天'

export interface ReadyFile {
  name: string
  path: string
}

/** Of its own, so that what holds everything about a person can be swept without knowing its name. */
const folder = () => `${Taro.env.USER_DATA_PATH}/export`
const system = () => Taro.getFileSystemManager()

/** Removes what was not handed over, as after a kill. */
export function sweepShared(): void {
  try {
    for (const name of system().readdirSync(folder())) system().unlinkSync(`${folder()}/${name}`)
  } catch {
    // There is no such folder: nothing was ever written.
  }
}

export function makeFile(name: string, text: string): ReadyFile {
  sweepShared()
  try {
    system().mkdirSync(folder(), true)
  } catch {
    // It is there already.
  }
  const path = `${folder()}/${name}`
  system().writeFileSync(path, text, 'utf8')
  return { name, path }
}

/**
 * To be called first in a tap: WeChat takes it from a finger only. False when the person went back
 * without choosing a chat: the file stays for another try.
 */
export async function shareFile({ name, path }: ReadyFile): Promise<boolean> {
  try {
    await Taro.shareFileMessage({ filePath: path, fileName: name })
  } catch (error) {
    if (/cancel/.test(String((error as { errMsg?: string })?.errMsg))) return false
    throw error
  }
  sweepShared()
  return true
}
