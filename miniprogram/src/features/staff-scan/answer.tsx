import { View } from '@tarojs/components'
import type { StaffScan } from '@/api/types'
import { goBack } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import './staff-scan.css'

interface AnswerProps {
  scan: StaffScan
  busy: boolean
  onYes: (number: string | null) => void
}

/** To log in, the right number is the yes: only who sits at the PC can know it. */
export function Answer({ scan, busy, onYes }: AnswerProps) {
  return (
    <>
      {scan.kind === 'link' ? (
        <BigButton busy={busy} onTap={() => onYes(null)} testId="staff-scan-confirm">
          确认关联
        </BigButton>
      ) : (
        <>
          <View className="scan-pick">请点电脑屏幕上显示的数字</View>
          <View className="scan-numbers">
            {scan.numbers.map((number) => (
              <View className="scan-numbers-one" key={number}>
                <BigButton
                  look="plain"
                  disabled={busy}
                  onTap={() => onYes(number)}
                  testId={`scan-number-${number}`}
                >
                  {number}
                </BigButton>
              </View>
            ))}
          </View>
        </>
      )}
      <BigButton look="quiet" onTap={goBack} testId="staff-scan-cancel">
        不是我，取消
      </BigButton>
    </>
  )
}
