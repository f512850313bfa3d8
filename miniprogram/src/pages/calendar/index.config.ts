export default definePageConfig({
  navigationBarTitleText: '服药日历',
  enablePullDownRefresh: true,
  backgroundTextStyle: 'dark',
})
