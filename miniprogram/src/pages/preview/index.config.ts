export default definePageConfig({
  navigationBarTitleText: '看一看再发送',
})
