import { canOpenSetting, openSystemSetting, type Refused } from '@/platform/permissions'
import { openPrivacyContract } from '@/platform/privacy'
import { BigButton } from './big-button'
import { CallDoctor } from './call-doctor'

interface PermissionWaysProps {
  refused: Refused
  onAgain: () => void
}

/** After a refusal WeChat does not ask again: each is opened in a place of its own. */
export function PermissionWays({ refused, onAgain }: PermissionWaysProps) {
  const inWechat = canOpenSetting && (refused === 'camera' || refused === 'microphone')
  return (
    <>
      {inWechat ? (
        <BigButton openType="openSetting" testId="open-setting">
          去打开
        </BigButton>
      ) : null}
      {refused === 'system' ? (
        <BigButton testId="open-system" onTap={() => void openSystemSetting()}>
          去手机设置
        </BigButton>
      ) : null}
      {refused === 'privacy' ? (
        <BigButton testId="read-privacy" look="plain" onTap={() => void openPrivacyContract()}>
          看隐私说明
        </BigButton>
      ) : null}
      {refused === 'undeclared' ? <CallDoctor look="main" /> : null}
      <BigButton look="plain" onTap={onAgain} testId="permission-again">
        再试一次
      </BigButton>
    </>
  )
}
