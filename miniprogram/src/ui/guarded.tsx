import { View } from '@tarojs/components'
import { Component, type ComponentType, type ReactNode } from 'react'
import { reportError } from '@/api/report'
import { restartAt } from '@/platform/navigation'
import { BigButton } from './big-button'
import { CallDoctor } from './call-doctor'
import { Page } from './page'

interface State {
  failed: boolean
}

/** A page that cannot be drawn says so and has a way out; Taro would leave it white. */
class Guard extends Component<{ children: ReactNode }, State> {
  override state: State = { failed: false }

  static getDerivedStateFromError(): State {
    return { failed: true }
  }

  override componentDidCatch(error: unknown): void {
    reportError('render', error)
  }

  override render(): ReactNode {
    return this.state.failed ? <Failed /> : this.props.children
  }
}

function Failed() {
  return (
    <Page
      footer={
        <>
          <BigButton testId="failed-home" onTap={() => restartAt('today')}>
            回到今日
          </BigButton>
          <CallDoctor />
        </>
      }
    >
      <View className="heading" data-testid="page-failed">
        这一页出了错，打不开
      </View>
      <View className="paragraph">不是您做错了什么。拍好的、写好的都还在手机里，没有丢。</View>
      <View className="paragraph">请回到今日再试一次；还不行，就打电话给医生。</View>
    </Page>
  )
}

/** Around every page (`checks/sources.mjs` looks). */
export function guarded(Inner: ComponentType): ComponentType {
  return function GuardedPage() {
    return (
      <Guard>
        <Inner />
      </Guard>
    )
  }
}
