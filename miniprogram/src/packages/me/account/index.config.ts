export default definePageConfig({
  navigationBarTitleText: '导出和注销',
})
