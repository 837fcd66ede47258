using System.Globalization;
using AlertFunctions.Api.Alerts.Catalogues;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Alerts;

/// <summary>The catalogue of Deep Security's predefined alerts: what its sources say, within the product's own limits.</summary>
public sealed class AlertCatalogueTests
{
    private static readonly AlertCatalogue s_catalogue = AlertCatalogue.Of(CatalogueName.DeepSecurity);

    private static IEnumerable<string> Titles => s_catalogue.Alerts.SelectMany(alert => (string?[])[alert.Title.En, alert.Title.Ja]).OfType<string>();

    [Fact]
    public void Each_alert_names_the_sources_that_say_so_and_each_source_is_named()
    {
        Assert.All(s_catalogue.Alerts, alert => Assert.NotEmpty(alert.Sources));
        Assert.Equal(s_catalogue.Sources.Keys.Order(StringComparer.Ordinal), s_catalogue.Alerts.SelectMany(alert => alert.Sources).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_source_has_a_title_and_an_address() => Assert.All(s_catalogue.Sources.Values, source =>
    {
        Assert.NotEqual("", source.Title.Trim());
        Assert.True(Uri.TryCreate(source.Address, UriKind.Absolute, out Uri? address) && address.Scheme == Uri.UriSchemeHttps, source.Address);
    });

    [Fact]
    public void No_title_is_there_twice() => Assert.DoesNotContain(Titles.CountBy(title => title, StringComparer.OrdinalIgnoreCase), title => title.Value > 1);

    [Fact]
    public void Each_title_can_be_the_name_of_an_alert_as_events_write_it() => Assert.All(Titles, title =>
    {
        Assert.Null(Names.Fault(title, Event.MaximumNameLength));
        Assert.Equal(title.Trim(), title);
    });

    [Fact]
    public void There_is_room_for_all_of_them_in_both_languages() => Assert.InRange(Titles.Count(), 100, AlertTypeStore.MaximumTypes);

    [Theory]
    [InlineData("docs/ingest-deep-security.md", "has {0} alerts", "{0} alerts have no severity", "{0} alerts have a Japanese title")]
    [InlineData("docs/ingest-deep-security.ja.md", "には{0}件のアラート", "{0}件には重要度がありません", "日本語の名称があるのは{0}件です")]
    public void The_documentation_says_how_many_there_are_and_what_they_lack(string document, string all, string withoutSeverity, string inJapanese)
    {
        string text = Repository.Read(document);

        Assert.All(
            [
                (all, s_catalogue.Alerts.Count),
                (withoutSeverity, s_catalogue.Alerts.Count(alert => alert.Severity is null)),
                (inJapanese, s_catalogue.Alerts.Count(alert => alert.Title.Ja is not null)),
            ],
            ((string Words, int Count) said) => Assert.Contains(string.Format(CultureInfo.InvariantCulture, said.Words, said.Count), text, StringComparison.Ordinal));
    }

    [Fact]
    public void S1_what_no_source_says_of_an_alert_takes_its_default()
    {
        CatalogueAlert bare = s_catalogue.Alerts.First(alert => alert is { Severity: null, Dismissible: null, Title.Ja: null });

        Assert.Equal(new AlertType(bare.Title.En), bare.TypeIn(MailCulture.En));
        Assert.Equal(new AlertType(bare.Title.En), bare.TypeIn(MailCulture.Ja));
    }

    [Theory]
    [InlineData(MailCulture.En, "Account Balance Depleted")]
    [InlineData(MailCulture.Ja, "アカウントの残高がありません")]
    public void S1_the_language_decides_the_name_and_not_the_titles_and_the_severity(MailCulture language, string name)
    {
        CatalogueAlert alert = s_catalogue.Alerts.Single(alert => alert.Title.En == "Account Balance Depleted");

        Assert.Equal(
            new AlertType(name) { Severity = Severity.Critical, TitleJa = "アカウントの残高がありません", TitleEn = "Account Balance Depleted" },
            alert.TypeIn(language));
    }
}
